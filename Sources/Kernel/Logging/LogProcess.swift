import Glibc

/// What is the same on every log line of a process.
public struct LogProcess: Sendable {
    public var serviceName: String
    /// COMMIT_ID; empty on the line if it is not known.
    public var serviceVersion: String?
    /// DOCKER_HOST_NAME, else the name of this machine.
    public var host: String
    public var arguments: [String]

    /// - Parameters:
    ///   - serviceName: the product's.
    ///   - serviceVersion: COMMIT_ID.
    ///   - host: DOCKER_HOST_NAME.
    ///   - arguments: the command line.
    public init(
        serviceName: String, serviceVersion: String?, host: String?,
        arguments: [String] = CommandLine.arguments
    ) {
        self.serviceName = serviceName
        self.serviceVersion = serviceVersion
        self.host = host ?? Self.machineName
        self.arguments = arguments
    }

    public static var machineName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
