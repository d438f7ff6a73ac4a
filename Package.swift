// swift-tools-version: 6.2
import PackageDescription

// Every target compiles in Swift 6 mode with warnings as errors. The graph below is the architecture: imports
// point one way, C libraries <- storage drivers -> Kernel <- modules <- App, Kernel <- Host <- App, and `make lint` checks the sources
// against it.

/// The feature areas, each a module of its own, with what it needs beside the kernel.
let modules: [(name: String, dependencies: [Target.Dependency])] = [
    ("Jobs", []),
    ("Targets", ["Jobs"]),
    ("Datastores", ["Jobs"]),
    ("ImportableDatasets", ["CArchive", "CLinux"]),
    ("Maintenance", []),
    ("Authentication", ["COpenSSL", "CCurl"]),
    ("Events", ["Jobs", "Maintenance", "ImportableDatasets", "COpenSSL", "CCurl"]),
    ("JobDispatch", ["Jobs", "Maintenance", "Events", "COpenSSL"]),
    ("Telemetry", ["Jobs", "CCurl"]),
    ("Console", ["Jobs", "Maintenance", "ImportableDatasets", "Authentication"]),
]

/// What the pages of the console are made of beside HTML.
let consoleAssets = ["console.css", "console.js", "refresh.js", "live.js", "channel.js", "icon.svg"].map {
    "Assets/\($0)"
}

/// The storage engines, each with the C library that it wraps. Each is a trait of the package of the same name, so that
/// a build can leave it out: `swift build --product job-service --traits SQLite` links no MongoDB.
let drivers: [(name: String, library: String)] = [
    ("SQLite", "CSQLite"),
    ("MongoDB", "CMongoC"),
]

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A C library that Debian packages; `apt-packages.txt` lists the packages.
func library(_ name: String, pkgConfig: String? = nil) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig)
}

/// - Parameter embedded: files that become part of the program.
func target(
    _ name: String, _ dependencies: [Target.Dependency], path: String, embedded: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, resources: embedded.map { .embedInCode($0) },
        swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let linkedModules = modules.map { Target.Dependency(stringLiteral: $0.name) }
let allDrivers = drivers.map { Target.Dependency(stringLiteral: "Storage\($0.name)") }
let linkedDrivers = drivers.map {
    Target.Dependency.target(name: "Storage\($0.name)", condition: .when(traits: [$0.name]))
}

let package = Package(
    name: "job-service",
    products: [
        .executable(name: "job-service", targets: ["App"])
    ]
        // What other packages build services of their own on: see Examples/OwnService.
        + (["Kernel", "Host", "KernelTesting"] + modules.map(\.name) + drivers.map { "Storage\($0.name)" }).map {
            .library(name: $0, targets: [$0])
        },
    traits: Set(drivers.map { Trait(name: $0.name, description: "The storage engine \($0.name)") })
        .union([.default(enabledTraits: Set(drivers.map(\.name)))]),
    targets: [
        library("CMongoC", pkgConfig: "libmongoc-1.0"),
        library("CSQLite"),
        library("CYAML"),
        library("CZLib"),
        library("CZstd"),
        library("CArchive"),
        library("COpenSSL"),
        library("CCurl"),
        .target(name: "CLinux", path: "Sources/CLibraries/CLinux"),
        .target(name: "CBuild", path: "Sources/CLibraries/CBuild"),

        target("Kernel", ["CLinux", "CYAML", "CZLib", "CZstd"], path: "Sources/Kernel"),
        target("Host", ["Kernel", "CLinux"], path: "Sources/Host"),
        .executableTarget(
            name: "App",
            dependencies: ["Host", "Kernel", "CBuild"] + linkedDrivers + linkedModules
                + [.target(name: "PythonService", condition: .when(traits: ["SQLite"]))],
            path: "Sources/App", exclude: ["PythonService"], swiftSettings: strict),
        // A source to copy from: what kept jobs before.
        target("PythonService", ["Kernel", "StorageSQLite", "CSQLite"], path: "Sources/App/PythonService"),

        target("KernelTesting", ["Kernel", "CLinux", "COpenSSL"], path: "Sources/KernelTesting"),
        tests("KernelTests", ["Kernel", "KernelTesting", "CLinux", "CZLib", "CZstd"]),
        tests(
            "StorageTests",
            [
                "Kernel", "KernelTesting", "CSQLite", "CMongoC", "CFaultyVFS", "StoreProbe", "Jobs", "Events",
                "Maintenance", "JobDispatch",
            ]
                + allDrivers),
        tests(
            "ModuleTests",
            ["Kernel", "KernelTesting", "Host", "App", "CSQLite", "COpenSSL"] + allDrivers + linkedModules),

        // The module of docs/writing-a-module.md, and what `make module` copies.
        target("Notes", ["Kernel", "Events", "Console"], path: "Examples/Notes"),
        tests(
            "ExampleTests", ["Kernel", "KernelTesting", "Notes", "Authentication", "Events", "Console"] + allDrivers),

        // Measuring tools; Benchmarks/README.md says how to use them.
        .executableTarget(name: "RawEpoll", path: "Benchmarks/RawEpoll"),
        .executableTarget(name: "LoadGenerator", path: "Benchmarks/LoadGenerator"),
        .executableTarget(
            name: "EngineServer", dependencies: ["Kernel"], path: "Benchmarks/EngineServer", swiftSettings: strict),
        .executableTarget(
            name: "StoreBenchmark", dependencies: ["Kernel", "StorageSQLite"], path: "Benchmarks/StoreBenchmark",
            swiftSettings: strict),

        // Tools of the storage tests: a file system that fails on demand, and a process to be killed.
        .target(name: "CFaultyVFS", path: "Tests/CFaultyVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "StoreProbe", dependencies: ["Kernel", "StorageSQLite"], path: "Tests/StoreProbe",
            swiftSettings: strict),
    ]
        + modules.map {
            target(
                $0.name, ["Kernel"] + $0.dependencies, path: "Sources/Modules/\($0.name)",
                embedded: $0.name == "Console" ? consoleAssets : [])
        }
        + drivers.map {
            target(
                "Storage\($0.name)", ["Kernel", .init(stringLiteral: $0.library)], path: "Sources/Storage/\($0.name)")
        },
    swiftLanguageModes: [.v6]
)

// The tests of one module, with what they import and nothing else: see Scripts/test-module.
if let module = Context.environment["TEST_MODULE"], let imports = Context.environment["TEST_IMPORTS"] {
    let known = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
    let imported = imports.split(separator: ",").map(String.init).filter { known[$0] != nil }
    var needed = imported
    // Grows while it is walked through.
    var index = 0
    while index < needed.count {
        for case .targetItem(let name, _) in known[needed[index]]?.dependencies ?? [] where !needed.contains(name) {
            needed.append(name)
        }
        for case .byNameItem(let name, _) in known[needed[index]]?.dependencies ?? [] where !needed.contains(name) {
            needed.append(name)
        }
        index += 1
    }
    package.products = []
    package.targets = needed.compactMap { known[$0] }
    package.targets.append(
        .testTarget(
            name: "ModuleTests", dependencies: imported.map { .byName(name: $0) }, path: "Tests/ModuleTests",
            sources: ["Support", module], swiftSettings: strict))
}
