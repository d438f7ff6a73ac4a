import Glibc
import Kernel
import Synchronization

/// `copy --from URL --to URL`: copies the collections of the enabled modules from one database to another.
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
            Terminal.print(failure, of: arguments.program.product)
            return ExitCode(failure)
        case nil: return .failure
        }
    }

    private func copy() async -> Result<Void, BootFailure> {
        do throws(BootFailure) {
            // What is wrong with either is said before the first is opened.
            let program = arguments.program
            let source = try assembly(
                arguments["--from"], program.drivers + program.copySources.map(\.driver))
            let target = try assembly(arguments["--to"], program.drivers)
            let log = Logger("copy", sink: ErrorSink())
            let sourceStore = try await source.openSource(log: log)
            let targetStore: any OpenStore
            do throws(BootFailure) {
                targetStore = try await target.openStore(log: log)
            } catch {
                await sourceStore.close()
                throw error
            }
            let outcome = await copy(source.collections, from: sourceStore, to: targetStore)
            await sourceStore.close()
            await targetStore.close()
            return outcome
        } catch {
            return .failure(error)
        }
    }

    /// This configuration with another database.
    private func assembly(_ url: String?, _ drivers: [any StorageDriver.Type]) throws(BootFailure) -> Assembly {
        var environment = Configuration.processEnvironment
        environment["\(arguments.program.product.environmentPrefix)_STORAGE__URL"] = url
        return try arguments.assembly(environment: environment, drivers: drivers)
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
                let count = try await copy.copy(collection, as: spec.shape) { checksum.add(line: $0) }
                if isTerminal { Terminal.printProgress("") }
                Terminal.print(
                    "\(collection.name): \(count) documents, the same in both databases, SHA-256 \(checksum.finish())")
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
