import CLinux
import Glibc

/// The metrics of the process that Prometheus's client libraries agree on, from /proc (proc(5)) and getrlimit(2).
enum ProcessMetrics {
    static func declare(in metrics: Metrics) {
        metrics.collect(families) { samples() }
    }

    private static func samples() -> [MetricSample] {
        var samples: [MetricSample] = []
        if let status = ProcessStatus() {
            samples = [
                MetricSample(processorTime, status.processorSeconds),
                MetricSample(resident, status.residentBytes),
                MetricSample(virtual, status.virtualBytes),
                MetricSample(threads, status.threads),
                MetricSample(start, startSeconds),
            ]
        }
        if let count = openDescriptors() { samples.append(MetricSample(descriptors, count)) }
        samples.append(MetricSample(maximumDescriptors, Double(clinux_raise_descriptor_limit(0))))
        return samples
    }

    /// Counted once: the two clocks that it is computed from are never read at quite the same moment.
    private static let startSeconds: Double = {
        guard let status = ProcessStatus() else { return 0 }
        var boot = timespec()
        clock_gettime(CLOCK_BOOTTIME, &boot)
        let age = Double(boot.tv_sec) + Double(boot.tv_nsec) / 1e9 - status.startAfterBootSeconds
        return Double(Timestamp.now.microseconds) / 1e6 - age
    }()

    private static func openDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.`, `..` and the directory's own.
        return count - 3
    }

    private static let families = [
        processorTime, resident, virtual, threads, start, descriptors, maximumDescriptors,
    ]
    private static let processorTime = MetricFamily(
        standard:
            .counter, "process_cpu_seconds_total", "Processor time in user and system mode")
    private static let resident = MetricFamily(standard: .gauge, "process_resident_memory_bytes", "Resident memory")
    private static let virtual = MetricFamily(standard: .gauge, "process_virtual_memory_bytes", "Virtual memory")
    private static let threads = MetricFamily(standard: .gauge, "process_threads", "Threads of the process")
    private static let start = MetricFamily(
        standard:
            .gauge, "process_start_time_seconds", "When the process started, in seconds since 1970")
    private static let descriptors = MetricFamily(standard: .gauge, "process_open_fds", "Open file descriptors")
    private static let maximumDescriptors = MetricFamily(
        standard:
            .gauge, "process_max_fds", "File descriptors that may be open")
}

/// What /proc/self/stat says.
private struct ProcessStatus {
    let processorSeconds: Double
    let threads: Int
    let startAfterBootSeconds: Double
    let virtualBytes: Int
    let residentBytes: Int

    init?() {
        guard let file = fopen("/proc/self/stat", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        // The second field is the program's name in parentheses, which may hold anything.
        guard let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)..<count].split(separator: UInt8(ascii: " ")).map {
            Int(String(decoding: $0, as: UTF8.self)) ?? 0
        }
        // What is there begins with the third field of proc(5).
        guard fields.count > 21 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        processorSeconds = Double(fields[11] + fields[12]) / ticks
        threads = fields[17]
        startAfterBootSeconds = Double(fields[19]) / ticks
        virtualBytes = fields[20]
        residentBytes = fields[21] * sysconf(Int32(_SC_PAGESIZE))
    }
}
