import Glibc

/// Writes batches of lines to a file descriptor, whatever becomes of what is behind it.
struct LogFile {
    enum Outcome {
        case written
        /// The reader is gone for good.
        case gone
        /// The queue was closed while the file could not be written to.
        case givenUp
    }

    private static let retryPause = Duration.seconds(1)

    let fd: Int32

    /// Writes all bytes. A full disk is tried again every second, so that a line is never left half written while the
    /// service runs; a reader that reads slowly is waited for.
    func write(_ bytes: [UInt8], waitingIn queue: LogQueue) -> Outcome {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(fd, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count > 0 {
                offset += count
                continue
            }
            switch count == 0 ? EAGAIN : errno {
            case EINTR: continue
            case EAGAIN:
                var request = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
                _ = poll(&request, 1, 1000)
                // A file of which nothing is taken though it is ready must not be asked in a tight loop.
                if count == 0 && !queue.pause(for: Self.retryPause) { return .givenUp }
            case EPIPE, EBADF, EINVAL, ECONNRESET: return .gone
            default: if !queue.pause(for: Self.retryPause) { return .givenUp }
            }
        }
        return .written
    }
}
