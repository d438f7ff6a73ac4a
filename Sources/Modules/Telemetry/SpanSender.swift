import CCurl
import Glibc
import Kernel

/// Posts batches of spans to the collector with libcurl (OTLP/HTTP in JSON). It blocks: for a thread of its own.
///
/// The request is as plain as can be: no redirects, no proxy out of the environment, http and https and nothing else,
/// and an answer that is not looked at beyond its status.
struct SpanSender: Sendable {
    let url: String
    /// `Name: value` each.
    let headers: [Secret]
    /// A PEM file of certificate authorities; nil for the system's.
    let certificates: String?
    let timeout: Duration
    let userAgent: String

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    enum Outcome: Sendable {
        case taken
        /// It may be taken later.
        case away(String, after: Duration?)
        case refused(String)
    }

    /// - Parameter isCancelled: looked at while it waits.
    func send(_ body: [UInt8], isCancelled: CancelFlag) -> Outcome {
        guard Self.isReady, let handle = curl_easy_init() else { return .refused("libcurl cannot be used") }
        defer { curl_easy_cleanup(handle) }
        var fields: UnsafeMutablePointer<curl_slist>?
        for field in ["Content-Type: application/json", "Expect:"] + headers.map({ $0.reveal() }) {
            fields = curl_slist_append(fields, field) ?? fields
        }
        defer { curl_slist_free_all(fields) }
        // libcurl has it for as long as the handle lives, which ends with this call.
        let cancel = Unmanaged.passRetained(isCancelled)
        defer { cancel.release() }
        let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { reason.deallocate() }
        let settings = [
            ccurl_set_error_buffer(handle, reason),
            ccurl_set_text(handle, CURLOPT_URL, url),
            ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_text(handle, CURLOPT_PROXY, ""),
            ccurl_set_text(handle, CURLOPT_USERAGENT, userAgent),
            ccurl_set_headers(handle, fields),
            ccurl_set_long(handle, CURLOPT_POST, 1),
            ccurl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count),
            ccurl_set_text(handle, CURLOPT_COPYPOSTFIELDS, String(decoding: body, as: UTF8.self)),
            ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1))),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2),
            certificates.map { ccurl_set_text(handle, CURLOPT_CAINFO, $0) } ?? CURLE_OK,
            ccurl_set_writer(handle, passOver, nil),
            ccurl_set_progress(handle, shouldStop, cancel.toOpaque()),
        ]
        guard settings.allSatisfy({ $0 == CURLE_OK }) else { return .refused("libcurl lacks a setting") }
        let outcome = curl_easy_perform(handle)
        guard outcome == CURLE_OK else {
            let detail = String(cString: reason)
            return .away(detail.isEmpty ? String(cString: curl_easy_strerror(outcome)) : detail, after: nil)
        }
        let status = ccurl_status(handle)
        switch status {
        case 200..<300: return .taken
        // Those after which the protocol has a client try again.
        case 429, 502, 503, 504:
            let seconds = ccurl_retry_after(handle)
            return .away("the collector answers \(status)", after: seconds > 0 ? .seconds(min(seconds, 30)) : nil)
        default: return .refused("the collector answers \(status)")
        }
    }
}

/// CURLOPT_WRITEFUNCTION.
private func passOver(
    _: UnsafeMutablePointer<CChar>?, _: Int, _ count: Int, _: UnsafeMutableRawPointer?
) -> Int { count }

/// CURLOPT_XFERINFOFUNCTION: anything but 0 ends the transfer. It is called once a second at least.
private func shouldStop(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<CancelFlag>.fromOpaque(context).takeUnretainedValue().value ? 1 : 0
}

extension TelemetryModule {
    public static var libraries: [LinkedLibrary] { [LinkedLibrary("libcurl", String(cString: ccurl_version()))] }
}
