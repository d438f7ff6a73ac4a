import CCurl
import Glibc
import Kernel

/// Fetches the key set from the one place that the configuration names, with libcurl. It blocks: for a thread of its
/// own.
///
/// The request is as plain as can be: no redirects, so that nobody but the operator says where keys come from; no
/// proxy out of the environment; http and https and nothing else; the answer bounded in size and time.
struct KeyFetcher: Sendable {
    let url: String
    /// A PEM file of certificate authorities; nil for the system's.
    let certificates: String?
    let timeout: Duration
    let userAgent: String

    /// Far more than any key set has.
    private static let maximumBytes = 256 << 10

    /// Done once for the process, before the first handle is made (curl_global_init).
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// - Parameter trace: of the request that it is done for; the issuer is told (W3C Trace Context).
    func fetch(for trace: TraceContext?) throws(KeyFetchFailure) -> KeySet {
        guard Self.isReady, let handle = curl_easy_init() else { throw KeyFetchFailure("libcurl cannot be used") }
        defer { curl_easy_cleanup(handle) }
        var headers = curl_slist_append(nil, "Accept: application/json")
        defer { curl_slist_free_all(headers) }
        if let trace { headers = curl_slist_append(headers, "traceparent: \(trace.header)") ?? headers }
        if let state = trace?.state { headers = curl_slist_append(headers, "tracestate: \(state)") ?? headers }
        let body = ReceivedBody(limit: Self.maximumBytes)
        // libcurl has these for as long as the handle lives, which ends with this call.
        let context = Unmanaged.passRetained(body)
        defer { context.release() }
        let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        defer { reason.deallocate() }

        let settings = [
            ccurl_set_error_buffer(handle, reason),
            ccurl_set_text(handle, CURLOPT_URL, url),
            ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_text(handle, CURLOPT_PROXY, ""),
            ccurl_set_text(handle, CURLOPT_USERAGENT, userAgent),
            ccurl_set_headers(handle, headers),
            ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1))),
            // What is announced; `receive` counts what comes.
            ccurl_set_long(handle, CURLOPT_MAXFILESIZE, Self.maximumBytes),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2),
            certificates.map { ccurl_set_text(handle, CURLOPT_CAINFO, $0) } ?? CURLE_OK,
            ccurl_set_writer(handle, receive, context.toOpaque()),
        ]
        guard settings.allSatisfy({ $0 == CURLE_OK }) else { throw KeyFetchFailure("libcurl lacks a setting") }

        let outcome = curl_easy_perform(handle)
        guard !body.isTooLong else { throw KeyFetchFailure("the answer is longer than \(Self.maximumBytes) bytes") }
        guard outcome == CURLE_OK else {
            let detail = String(cString: reason)
            throw KeyFetchFailure(detail.isEmpty ? String(cString: curl_easy_strerror(outcome)) : detail)
        }
        let status = ccurl_status(handle)
        guard status == 200 else {
            let hint = (300..<400).contains(status) ? "; redirects are not followed" : ""
            throw KeyFetchFailure("the answer has status \(status)\(hint)")
        }
        return try KeySet(body.bytes)
    }
}

/// Why keys could not be fetched, in words for an operator.
struct KeyFetchFailure: Error, Sendable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

/// What libcurl has received so far.
private final class ReceivedBody {
    var bytes: [UInt8] = []
    var isTooLong = false
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }
}

/// CURLOPT_WRITEFUNCTION: anything but the whole count ends the transfer.
private func receive(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
)
    -> Int
{
    guard let bytes, let context else { return 0 }
    let body = Unmanaged<ReceivedBody>.fromOpaque(context).takeUnretainedValue()
    guard body.bytes.count + count <= body.limit else {
        body.isTooLong = true
        return 0
    }
    body.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    return count
}
