import Glibc

/// What a thread keeps for making log lines: a buffer, so that a line costs no allocation, its clock's cache and its
/// own name.
final class LogScratch {
    var bytes: [UInt8] = []
    var timestamp = LogTimestamp()
    /// What the thread does, as JSON, as it was known when the thread wrote its first line.
    let threadName: [UInt8]

    private init() {
        var json: [UInt8] = []
        LogText.write(ThreadName.ofCurrentWork, into: &json)
        threadName = json
        bytes.reserveCapacity(1024)
    }

    /// Where a thread finds its own; nil if the process has no thread-specific keys left.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { pointer in
            if let pointer { Unmanaged<LogScratch>.fromOpaque(pointer).release() }
        }
        return status == 0 ? key : nil
    }()

    /// The calling thread's.
    static var ofThisThread: LogScratch {
        guard let key else { return LogScratch() }
        if let pointer = pthread_getspecific(key) {
            return Unmanaged<LogScratch>.fromOpaque(pointer).takeUnretainedValue()
        }
        let scratch = LogScratch()
        let pointer = Unmanaged.passRetained(scratch)
        if pthread_setspecific(key, pointer.toOpaque()) != 0 { pointer.release() }
        return scratch
    }
}
