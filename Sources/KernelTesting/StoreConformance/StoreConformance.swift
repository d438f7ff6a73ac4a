import Kernel

/// What every storage driver has to do, as checks that need nothing of a driver but a way to open a database.
///
/// A test target runs each check as a test case of its own:
///
///     @Test("a SQLite store conforms", arguments: StoreConformance.Check.allCases)
///     func conforms(_ check: StoreConformance.Check) async throws {
///         try await StoreConformance { try SQLiteTestDatabase() }.run(check)
///     }
public struct StoreConformance: Sendable {
    let makeDatabase: @Sendable () async throws -> any TestDatabase

    /// - Parameter makeDatabase: makes a fresh, empty database; each check asks for its own.
    public init(_ makeDatabase: @escaping @Sendable () async throws -> any TestDatabase) {
        self.makeDatabase = makeDatabase
    }

    /// Runs one check on a database of its own.
    /// - Throws: `ConformanceFailure` saying what the store did wrong, or an error of the store that it should not
    ///   have thrown.
    public func run(_ check: Check) async throws {
        let database = try await makeDatabase()
        do {
            try await check.body(database)
        } catch {
            await database.remove()
            throw error
        }
        await database.remove()
    }
}

/// A database that one check has for itself.
public protocol TestDatabase: Sendable {
    /// Opens the database, again if it was open before and has been closed.
    func open(_ collections: [CollectionSpec]) async throws -> any OpenStore
    /// Removes it, with whatever is still open.
    func remove() async
}

/// What a store did wrong.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String
}

/// - Throws: `ConformanceFailure` if `condition` is false.
func expect(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws {
    if !condition { throw ConformanceFailure(description: "\(message()) (\(file):\(line))") }
}

func expect(
    _ actual: JSON?, is wanted: JSON?, _ what: String, file: StaticString = #fileID, line: UInt = #line
) throws {
    try expect(
        actual.map(\.normalized) == wanted.map(\.normalized),
        "\(what): expected \(wanted?.text ?? "none"), got \(actual?.text ?? "none")", file: file, line: line)
}

/// Expects `body` to throw an error that `isRight` accepts.
func expectError(
    _ what: String, file: StaticString = #fileID, line: UInt = #line, _ isRight: (any Error) -> Bool,
    _ body: () async throws -> Void
) async throws {
    do {
        try await body()
    } catch {
        return try expect(isRight(error), "\(what): the wrong error: \(error)", file: file, line: line)
    }
    throw ConformanceFailure(description: "\(what): no error (\(file):\(line))")
}

/// The same inside of a transaction.
func expectError(
    _ what: String, file: StaticString = #fileID, line: UInt = #line, _ isRight: (any Error) -> Bool,
    in body: () throws -> Void
) throws {
    do {
        try body()
    } catch {
        return try expect(isRight(error), "\(what): the wrong error: \(error)", file: file, line: line)
    }
    throw ConformanceFailure(description: "\(what): no error (\(file):\(line))")
}

func isMisuse(_ error: any Error) -> Bool {
    if case StoreError.misuse = error { true } else { false }
}

func isCorrupt(_ error: any Error) -> Bool {
    if case StoreError.corrupt = error { true } else { false }
}

func isUnavailable(_ error: any Error) -> Bool {
    if case StoreError.unavailable = error { true } else { false }
}

func isDuplicate(of path: FieldPath, in collection: Collection) -> (any Error) -> Bool {
    { $0 as? StoreError == .duplicateKey(collection: collection.name, path: path) }
}

extension JSON {
    /// The value in a form in which equal is the same: members sorted by name, since drivers may add new ones in an
    /// order of their own, and strings as bytes, since Swift holds composed and decomposed letters for equal.
    public var normalized: [UInt8] {
        func sorted(_ value: JSON) -> JSON {
            switch value {
            case .array(let elements): return .array(elements.map(sorted))
            case .object(let object):
                var copy = JSONObject()
                for member in object.members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
                    copy[member.name] = sorted(member.value)
                }
                return .object(copy)
            default: return value
            }
        }
        return sorted(self).bytes
    }
}
