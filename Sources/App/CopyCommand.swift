import Glibc
import Kernel
import Synchronization

/// `job-service copy --from URL --to URL`: copies the collections of the enabled modules from one database to another.
struct CopyCommand {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        let outcome = Blocking.run { await copy() }
        switch outcome {
        case .success?: return .success
        case .failure(let failure)?:
            Terminal.print(failure)
            return ExitCode(failure)
        case nil: return .failure
        }
    }

    private func copy() async -> Result<Void, BootFailure> {
        do throws(BootFailure) {
            let (source, collections) = try await open(arguments.source, asSource: true)
            let target: any OpenStore
            do throws(BootFailure) {
                (target, _) = try await open(arguments.target)
            } catch {
                await source.close()
                throw error
            }
            let outcome = await copy(collections, from: source, to: target)
            await source.close()
            await target.close()
            return outcome
        } catch {
            return .failure(error)
        }
    }

    /// The store of this configuration with another URL; a source must be there, and stays as it is.
    private func open(
        _ url: String?, asSource isSource: Bool = false
    ) async throws(BootFailure) -> (any OpenStore, [CollectionSpec]) {
        var environment = Configuration.processEnvironment
        environment["JOB_SERVICE_STORAGE__URL"] = url
        let assembly = try arguments.assembly(
            environment: environment, drivers: isSource ? Catalogue.sources : Catalogue.drivers)
        let log = Logger("copy", sink: ErrorSink())
        let store = isSource ? try await assembly.openSource(log: log) : try await assembly.openStore(log: log)
        return (store, assembly.collections)
    }

    private func copy(
        _ collections: [CollectionSpec], from source: any OpenStore, to target: any OpenStore
    ) async -> Result<Void, BootFailure> {
        let isTerminal = isatty(STDERR_FILENO) == 1
        let copy = StoreCopy(from: source, to: target) { progress in
            if isTerminal { Terminal.printProgress("\(progress.collection): \(progress.copied) of \(progress.total)") }
        }
        for (ordinal, spec) in collections.enumerated() {
            let collection = Collection(name: spec.name, ordinal: ordinal)
            do {
                let checksum = SHA256()
                let count = try await copy.copy(collection, as: spec.shape) { checksum?.add(line: $0) }
                if isTerminal { Terminal.printProgress("") }
                let digits = checksum.map { ", SHA-256 \($0.finish())" } ?? ""
                Terminal.print("\(collection.name): \(count) documents, the same in both databases\(digits)")
            } catch let issue as BootIssue {
                if isTerminal { Terminal.printProgress("") }
                return .failure(BootFailure([issue]))
            } catch {
                if isTerminal { Terminal.printProgress("") }
                let issue = BootIssue(
                    .environment, "copy: \(error)",
                    remedy: "the same command goes on where this one ended, once the cause is removed")
                return .failure(BootFailure([issue]))
            }
        }
        return .success(())
    }
}
