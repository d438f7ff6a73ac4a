import CLinux
import Glibc
import Kernel
import KernelTesting
import Testing

@Suite("A listening socket from systemd")
struct InheritedSocketTests {
    @Test("is taken with its address, and not handed on to children")
    func taken() throws {
        let socket = try BoundSocket()
        let inherited = try #require(try socket.announced())
        #expect(inherited.descriptor == socket.fd)
        #expect(inherited.address.port > 0)
        #expect(inherited.description == "http://127.0.0.1:\(inherited.address.port)")
        #expect(fcntl(socket.fd, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test(
        "is not taken if it is for another process, or none",
        arguments: [["LISTEN_PID": "1"], ["LISTEN_PID": "x"], ["LISTEN_FDS": "0"]])
    func notForUs(changes: [String: String]) throws {
        #expect(try BoundSocket().announced(changes) == nil)
        #expect(try InheritedSocket.announced(in: [:]) == nil)
    }

    @Test("is refused with what is wrong and what to do, unless it is one that listens for streams")
    func refused() throws {
        let datagrams = try BoundSocket(listens: false, type: Int32(SOCK_DGRAM.rawValue))
        let silent = try BoundSocket(listens: false)
        let good = try BoundSocket()
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        let environment = ["LISTEN_PID": String(getpid()), "LISTEN_FDS": "1"]
        let cases: [(part: String, () throws -> InheritedSocket?)] = [
            ("not a TCP or Unix stream socket", { try datagrams.announced() }),
            ("does not listen", { try silent.announced() }),
            ("is no socket", { try InheritedSocket.announced(in: environment, firstDescriptor: file) }),
            ("2 sockets were passed", { try good.announced(["LISTEN_FDS": "2"]) }),
            (#""many" is not a number"#, { try good.announced(["LISTEN_FDS": "many"]) }),
            (#""-1" is not a number"#, { try good.announced(["LISTEN_FDS": "-1"]) }),
        ]
        for (part, take) in cases {
            let issue = #expect(throws: BootIssue.self) { try take() }
            #expect(issue?.what.contains(part) == true, "\(issue?.what ?? "")")
            #expect(issue?.origin == "environment variable LISTEN_FDS")
            #expect(issue?.remedy?.isEmpty == false)
        }
    }

    @Test("that others can reach takes consent while authentication is off, whatever http.host says")
    func reachable() throws {
        let everywhere = try #require(try BoundSocket(host: 0).announced())
        func assemble(_ yaml: String) throws -> Assembly {
            try Assembly(
                modules: [], drivers: [RecordingDriver.self],
                configuration: Configuration(
                    yaml: yaml, environment: ["JOB_SERVICE_STORAGE__URL": "recording:"]), socket: everywhere,
                log: Logger("test", sink: LogRecorder()))
        }
        let failure = #expect(throws: BootFailure.self) { try assemble("http: {host: 127.0.0.1}") }
        #expect(failure?.issues.first?.what.contains("the socket that systemd passed, http://0.0.0.0:") == true)
        _ = try assemble("http: {allowUnauthenticated: true}")
    }

    @Test("keeps what connects while no server runs for the next one")
    func successor() async throws {
        let socket = try BoundSocket()
        let first = try ServerFixture(
            {
                $0.listeningDescriptor = socket.duplicate()
                $0.isDescriptorShared = true
            }, echo)
        let port = first.server.port
        #expect(try await first.response(to: get("/first")).status == 200)
        await first.server.drain(within: Patience.limit)
        let waiting = try RawConnection(port: port)
        waiting.send(get("/waiting"))
        try await withServer({ $0.listeningDescriptor = socket.duplicate() }) { _ in
            let response = try await waiting.readResponse()
            #expect(response.text == "GET /waiting ")
        }
    }

    @Test("is accepted from by all event loops")
    func fairness() async throws {
        let socket = try BoundSocket()
        let threads = ThreadSet()
        try await withServer(
            { $0.listeningDescriptor = socket.duplicate() },
            handler: { request in
                threads.insert(UInt(pthread_self()))
                return await echo(request)
            }
        ) { fixture in
            let connections = try (0..<16).map { _ in try fixture.connect() }
            for connection in connections {
                connection.send(get("/"))
                _ = try await connection.readResponse()
            }
            #expect(threads.count == 2)
        }
    }
}
