import CYAML
import CZLib
import CZstd

/// A C library that this program is linked with, for the command `version`.
public struct LinkedLibrary: Sendable, Hashable {
    public let name: String
    /// Of the library that is loaded, which may be newer than the one that the program was built with.
    public let version: String

    public init(_ name: String, _ version: String) {
        self.name = name
        self.version = version
    }

    /// What the kernel itself uses.
    public static var ofKernel: [LinkedLibrary] {
        [
            LinkedLibrary("libyaml", String(cString: yaml_get_version_string())),
            LinkedLibrary("zlib", String(cString: zlibVersion())),
            LinkedLibrary("zstd", String(cString: ZSTD_versionString())),
        ]
    }
}
