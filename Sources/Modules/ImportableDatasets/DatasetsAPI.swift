import Kernel
import Synchronization

/// What the importable datasets offer to other modules.
extension Capability<DatasetObservers> {
    /// To be told of every dataset that a client has deleted.
    public static var datasetObservers: Self { Self("dataset observers") }
}

extension Capability<SkippedDatasets> {
    /// Which files of the input directory are no importable datasets, and why.
    public static var skippedDatasets: Self { Self("skipped datasets") }
}

/// What the last look at the input directory has left out.
public struct SkippedDatasets: Sendable {
    let listing: SharedListing

    public func list() async throws -> [SkippedDataset] { try await listing.skipped() }
}

/// A file that is no importable dataset.
public struct SkippedDataset: Sendable {
    public let file: String
    /// As the end of a sentence.
    public let reason: String
    public let isArchived: Bool
}

/// Somebody who wants to know which datasets are deleted.
public protocol DatasetObserver: Sendable {
    /// A dataset's file was deleted. It is gone whatever becomes of this: a file system has no transactions. The client
    /// waits for it.
    /// - Parameter request: the one that asked for it.
    func datasetWasDeleted(_ name: String, by request: Request) async
}

/// The observers of this stack; they are added while modules register.
public final class DatasetObservers: Sendable {
    private let observers = Mutex<[any DatasetObserver]>([])

    public func add(_ observer: any DatasetObserver) {
        observers.withLock { $0.append(observer) }
    }

    func notify(_ name: String, by request: Request) async {
        for observer in observers.withLock({ $0 }) { await observer.datasetWasDeleted(name, by: request) }
    }
}
