import Glibc
import Testing

@testable import Kernel

@Suite("The control socket")
struct ControlSocketTests {
    private func inFolder(_ name: String = "", _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/control-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        let outer = try #require(made)
        let folder = name.isEmpty ? outer : "\(outer)/\(name)"
        mkdir(folder, 0o700)
        defer {
            unlink("\(folder)/database-control")
            rmdir(folder)
            rmdir(outer)
        }
        try body("\(folder)/database")
    }

    @Test("whoever connects reaches the one who listens", arguments: ["", String(repeating: "long", count: 40)])
    func connect(name: String) throws {
        try inFolder(name) { database in
            let socket = ControlSocket(beside: database)
            #expect(try socket.connect() == nil, "there is none yet")
            let listener = try socket.listen()
            var status = stat()
            #expect(stat(socket.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            let client = try #require(try socket.connect())
            let server = accept(listener, nil, nil)
            #expect(send(client, "x", 1, 0) == 1)
            var byte: UInt8 = 0
            #expect(recv(server, &byte, 1, 0) == 1 && byte == UInt8(ascii: "x"))
            for fd in [client, server, listener] { close(fd) }
            #expect(try socket.connect() == nil, "nobody listens any more")
        }
    }

    @Test("one that was left behind is replaced")
    func stale() throws {
        try inFolder { database in
            let socket = ControlSocket(beside: database)
            close(try socket.listen())
            let listener = try socket.listen()
            let client = try #require(try socket.connect())
            close(client)
            close(listener)
        }
    }

    @Test("a folder that is not there is told")
    func absent() {
        let socket = ControlSocket(beside: "/absent/database")
        #expect(throws: BootIssue.self) { try socket.listen() }
        #expect(throws: Never.self) { try socket.connect() }
    }

    @Test("where a name is too long for a socket, nobody listens")
    func longName() throws {
        let socket = ControlSocket(beside: "/tmp/" + String(repeating: "x", count: 150))
        #expect(throws: BootIssue.self) { try socket.listen() }
        #expect(try socket.connect() == nil)
    }
}
