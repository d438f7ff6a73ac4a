// swift-tools-version: 6.2
import PackageDescription

// Every target compiles in Swift 6 mode with warnings as errors. The graph below is the architecture: imports
// point one way, C libraries <- storage drivers -> Kernel <- modules <- App, and `make lint` checks the sources
// against it.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A C library that Debian packages; `apt-packages.txt` lists the packages.
func library(_ name: String, pkgConfig: String? = nil) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig)
}

/// A feature area: sees the kernel and nothing else unless it says so.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: ["Kernel"] + dependencies, path: "Sources/Modules/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "job-service",
    products: [
        .executable(name: "job-service", targets: ["App"])
    ],
    targets: [
        library("CMongoC", pkgConfig: "libmongoc-1.0"),
        library("CSQLite"),
        library("CYAML"),
        library("CArchive"),
        .target(name: "CLinux", path: "Sources/CLibraries/CLinux"),

        .target(name: "Kernel", dependencies: ["CLinux", "CYAML"], path: "Sources/Kernel", swiftSettings: strict),
        .target(
            name: "StorageSQLite", dependencies: ["Kernel", "CSQLite"], path: "Sources/Storage/SQLite",
            swiftSettings: strict),
        .target(
            name: "StorageMongoDB", dependencies: ["Kernel", "CMongoC"], path: "Sources/Storage/MongoDB",
            swiftSettings: strict),
        module("Jobs"),
        module("ImportableDatasets", ["CArchive", "CLinux"]),
        .executableTarget(
            name: "App", dependencies: ["Kernel", "StorageSQLite", "Jobs", "ImportableDatasets"], path: "Sources/App",
            swiftSettings: strict),

        .target(
            name: "KernelTesting", dependencies: ["Kernel", "CLinux"], path: "Sources/KernelTesting",
            swiftSettings: strict),
        // Measuring tools; Benchmarks/README.md says how to use them.
        .executableTarget(name: "RawEpoll", path: "Benchmarks/RawEpoll"),
        .executableTarget(name: "LoadGenerator", path: "Benchmarks/LoadGenerator"),
        .executableTarget(
            name: "EngineServer", dependencies: ["Kernel"], path: "Benchmarks/EngineServer", swiftSettings: strict),

        tests("KernelTests", ["Kernel", "KernelTesting", "CLinux"]),
        tests("StorageTests", ["Kernel", "KernelTesting", "StorageSQLite", "StorageMongoDB"]),
        tests("ModuleTests", ["Kernel", "KernelTesting", "StorageSQLite", "Jobs", "ImportableDatasets"]),
    ],
    swiftLanguageModes: [.v6]
)
