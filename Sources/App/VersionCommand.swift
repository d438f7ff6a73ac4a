import CBuild
import Kernel

/// `job-service version`: what this program is, how it was built, and what it is linked with.
struct VersionCommand {
    private let wantsJSON: Bool

    init(_ arguments: Arguments) {
        wantsJSON = arguments.wantsJSON
    }

    func run() -> ExitCode {
        Terminal.print(wantsJSON ? json.text : text)
        return .success
    }

    private var text: String {
        let libraries = Build.libraries.enumerated().map { index, library in
            (index == 0 ? "libraries" : "", "\(library.name) \(library.version)")
        }
        let rows = [("commit", Build.commit ?? "unknown"), ("build", Build.profile), ("Swift", Build.swiftVersion)]
        return "job-service \(Catalogue.product.version)\n"
            + TextLayout.table((rows + libraries).map { ["  " + $0, $1] }).joined(separator: "\n")
    }

    private var json: JSON {
        [
            "service": "job-service", "version": .string(Catalogue.product.version),
            "commit": Build.commit.map(JSON.string),
            "build": .string(Build.profile), "swift": .string(Build.swiftVersion),
            "libraries": .array(
                Build.libraries.map { ["name": .string($0.name), "version": .string($0.version)] }),
        ]
    }
}

/// What is known of this build of the program.
enum Build {
    /// nil if it was built without a repository and nobody said.
    static var commit: String? {
        let commit = String(cString: cbuild_commit())
        return commit.isEmpty ? nil : commit
    }

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

    /// Those of the modules and storage engines that are linked in; the versions are those that are loaded.
    static var libraries: [LinkedLibrary] {
        Catalogue.drivers.flatMap { $0.libraries } + LinkedLibrary.ofKernel
            + Catalogue.modules.flatMap { $0.libraries }
    }
}
