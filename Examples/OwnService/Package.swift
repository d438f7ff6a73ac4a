// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "own-service",
    products: [.executable(name: "own-service", targets: ["OwnService"])],
    dependencies: [
        // Only the storage engine that is named here is built, and only its C library is needed.
        .package(name: "job-service", path: "../..", traits: ["SQLite"])
    ],
    targets: [
        .target(name: "Entries", dependencies: [.product(name: "Kernel", package: "job-service")]),
        .executableTarget(
            name: "OwnService",
            dependencies: [
                "Entries", .product(name: "Host", package: "job-service"),
                .product(name: "StorageSQLite", package: "job-service"),
            ]),
        .testTarget(
            name: "EntriesTests",
            dependencies: [
                "Entries", .product(name: "KernelTesting", package: "job-service"),
                .product(name: "StorageSQLite", package: "job-service"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
