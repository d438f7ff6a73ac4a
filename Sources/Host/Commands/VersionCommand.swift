import Kernel

/// `version`: what this program is, how it was built, and what it is linked with.
struct VersionCommand {
    private let wantsJSON: Bool
    private let program: Program

    init(_ arguments: Arguments) {
        program = arguments.program
        wantsJSON = arguments.wantsJSON
    }

    func run() -> ExitCode {
        Terminal.print(wantsJSON ? json.text : text)
        return .success
    }

    private var text: String {
        let libraries = program.libraries.enumerated().map { index, library in
            (index == 0 ? "libraries" : "", "\(library.name) \(library.version)")
        }
        let rows = [("commit", program.commit ?? "unknown"), ("build", Build.profile), ("Swift", Build.swiftVersion)]
        return "\(program.product.name) \(program.product.version)\n"
            + TextLayout.table((rows + libraries).map { ["  " + $0, $1] }).joined(separator: "\n")
    }

    private var json: JSON {
        [
            "service": .string(program.product.name), "version": .string(program.product.version),
            "commit": program.commit.map(JSON.string),
            "build": .string(Build.profile), "swift": .string(Build.swiftVersion),
            "libraries": .array(
                program.libraries.map { ["name": .string($0.name), "version": .string($0.version)] }),
        ]
    }
}

/// What is known of this build of the program.
enum Build {
    static var profile: String {
        #if DEBUG
        "debug"
        #else
        "release"
        #endif
    }

    /// Of the standard library, which is the compiler's but for its last part.
    static var swiftVersion: String {
        "\(_SwiftStdlibVersion.current)".split(separator: ".").prefix(2).joined(separator: ".")
    }
}

extension Program {
    /// The C libraries of the modules and storage engines that are linked in; the versions are those that are loaded.
    var libraries: [LinkedLibrary] {
        drivers.flatMap { $0.libraries } + LinkedLibrary.ofKernel + modules.flatMap { $0.libraries }
    }
}
