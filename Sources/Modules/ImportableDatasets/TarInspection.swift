import Glibc

/// One walk over the entries of a tar, within its limits.
struct TarInspection {
    private let reader: TarReader
    private let metadataName: String
    private let limits: TarLimits
    private let end: Double
    private var contents = TarContents()
    private var headersLeft: Int
    private var bytesLeft: Int
    private var lacksMarkerAtEndOfFile = false
    private var steps = 0

    init(_ reader: TarReader, _ dataset: DatasetName, _ limits: TarLimits) {
        self.reader = reader
        self.limits = limits
        metadataName = dataset.text + ".json"
        end = Double.monotonicSeconds + limits.seconds
        headersLeft = limits.headers
        bytesLeft = limits.decodedBytes
    }

    mutating func run() throws(TarFault) -> TarContents {
        while try reader.next() {
            noteEntry()
            if contents.isComplete { headersLeft -= 1 }
            if try knowsEnough() { return contents }
            guard reader.isCompressed else { continue }
            while let count = try reader.decodeBlock() {
                if contents.isComplete { bytesLeft -= count }
                if try knowsEnough() { return contents }
            }
        }
        guard try reader.hasEndMarker() else { throw .malformed("it is cut off: its end is not marked") }
        return contents
    }

    private mutating func noteEntry() {
        guard let name = reader.entryName else { return }
        if strcmp(name, "chunks") == 0 || strncmp(name, "chunks/", 7) == 0 {
            contents.hasData = true
        } else if !reader.entryIsDirectory, strcmp(name, metadataName) == 0 {
            contents.hasMetadata = true
        }
    }

    /// Whether reading may stop here; throws if it must stop without having seen enough.
    private mutating func knowsEnough() throws(TarFault) -> Bool {
        // Now and then, so that a small tar never depends on how busy the machine is.
        steps += 1
        let isLate = steps % 64 == 0 && Double.monotonicSeconds >= end
        if contents.isComplete {
            if reader.isCompressed { return isLate || bytesLeft < 0 }
            if isLate || headersLeft < 0, !lacksMarkerAtEndOfFile {
                if try reader.hasEndMarkerAtEndOfFile() { return true }
                lacksMarkerAtEndOfFile = true
            }
        }
        if isLate { throw .tooLong("its entries cannot be told within \(limits.seconds) s") }
        return false
    }
}
