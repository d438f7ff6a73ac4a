import CCurl
import Glibc
import Kernel

/// Sends events to an endpoint with libcurl. It blocks: for a thread of its own.
///
/// The request is as plain as can be: no redirects, so that nobody but the operator says where events go; no proxy out
/// of the environment; https and http and nothing else; the answer bounded in size and time, and not looked at.
struct WebhookSender: Sendable {
    let url: String
    let secrets: [WebhookSecret]
    /// A PEM file of certificate authorities; nil for the system's.
    let certificates: String?
    let timeout: Duration

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    enum Outcome: Sendable, Hashable {
        case delivered
        /// It wants nothing any more.
        case gone
        /// - Parameter after: when the endpoint wants to be tried again, if it says so.
        case failed(String, after: Duration?)
    }

    /// - Parameters:
    ///   - body: a CloudEvent.
    ///   - id: of the message, the same however often it is tried.
    ///   - isCancelled: looked at while it waits.
    func send(_ body: [UInt8], id: String, at now: Timestamp = .now, isCancelled: CancelFlag) -> Outcome {
        guard Self.isReady, let handle = curl_easy_init() else { return .failed("libcurl cannot be used", after: nil) }
        defer { curl_easy_cleanup(handle) }
        let timestamp = now.microseconds / 1_000_000
        let signatures = secrets.map { $0.signature(id: id, timestamp: timestamp, body: body) }
        var headers: UnsafeMutablePointer<curl_slist>?
        for field in [
            "Content-Type: application/cloudevents+json", "webhook-id: \(id)", "webhook-timestamp: \(timestamp)",
            "webhook-signature: \(signatures.joined(separator: " "))", "Expect:",
        ] {
            headers = curl_slist_append(headers, field) ?? headers
        }
        defer { curl_slist_free_all(headers) }
        let context = Unmanaged.passRetained(Answer())
        let cancel = Unmanaged.passRetained(isCancelled)
        defer {
            context.release()
            cancel.release()
        }
        let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { reason.deallocate() }

        let body = String(decoding: body, as: UTF8.self)
        let settings = [
            ccurl_set_error_buffer(handle, reason),
            ccurl_set_text(handle, CURLOPT_URL, url),
            ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_text(handle, CURLOPT_PROXY, ""),
            ccurl_set_text(handle, CURLOPT_USERAGENT, "job-service"),
            ccurl_set_headers(handle, headers),
            ccurl_set_long(handle, CURLOPT_POST, 1),
            ccurl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.utf8.count),
            ccurl_set_text(handle, CURLOPT_COPYPOSTFIELDS, body),
            ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1))),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2),
            certificates.map { ccurl_set_text(handle, CURLOPT_CAINFO, $0) } ?? CURLE_OK,
            ccurl_set_writer(handle, receive, context.toOpaque()),
            ccurl_set_progress(handle, shouldStop, cancel.toOpaque()),
        ]
        guard settings.allSatisfy({ $0 == CURLE_OK }) else { return .failed("libcurl lacks a setting", after: nil) }
        let outcome = curl_easy_perform(handle)
        let status = ccurl_status(handle)
        // Whoever answers 2xx has it, and whoever answers 410 wants no more, whatever comes behind.
        if outcome != CURLE_ABORTED_BY_CALLBACK {
            if (200..<300).contains(status) { return .delivered }
            if status == 410 { return .gone }
        }
        guard outcome == CURLE_OK || outcome == CURLE_WRITE_ERROR else {
            let detail = String(cString: reason)
            return .failed(detail.isEmpty ? String(cString: curl_easy_strerror(outcome)) : detail, after: nil)
        }
        let seconds = ccurl_retry_after(handle)
        let hint = (300..<400).contains(status) ? "; redirects are not followed" : ""
        return .failed("the answer has status \(status)\(hint)", after: seconds > 0 ? .seconds(seconds) : nil)
    }
}

/// What has come of an answer, which nobody looks at.
private final class Answer {
    var count = 0

    static let most = 64 << 10
}

/// CURLOPT_WRITEFUNCTION: anything but the whole count ends the transfer.
private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let answer = Unmanaged<Answer>.fromOpaque(context).takeUnretainedValue()
    answer.count += count
    return answer.count <= Answer.most ? count : 0
}

/// CURLOPT_XFERINFOFUNCTION: anything but 0 ends the transfer. It is called once a second at least.
private func shouldStop(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<CancelFlag>.fromOpaque(context).takeUnretainedValue().value ? 1 : 0
}
