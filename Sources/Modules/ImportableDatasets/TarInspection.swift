import Glibc

/// One walk over the entries of a tar, within its limits.
struct TarInspection {
    private let reader: TarReader
    private let metadataName: String
    private let limits: TarLimits
    private let end: Double
    private(set) var contents = TarContents()
    /// Whether the last bytes before the end mark are zeros, as they are while they are yet to be written into a file
    /// whose size was set first. They may also just be zeros.
    private(set) var endsInZeros = false
    private var headersLeft: Int
    private var bytesLeft: Int
    private var lacksMarkerAtEndOfFile = false
    private var steps = 0

    /// Looks through the tar of a dataset.
    /// - Throws: `TarFault` if that is not possible, or if the tar is not whole.
    init(of file: Descriptor, size: Int64, _ dataset: DatasetName, _ limits: TarLimits) throws(TarFault) {
        reader = try TarReader(TarSource(file, size: size))
        self.limits = limits
        metadataName = dataset.text + ".json"
        end = Double.monotonicSeconds + limits.seconds
        headersLeft = limits.headers
        bytesLeft = limits.decodedBytes
        try run()
    }

    private mutating func run() throws(TarFault) {
        while try reader.next() {
            noteEntry()
            if contents.isComplete { headersLeft -= 1 }
            if try knowsEnough() { return }
            guard reader.isCompressed else { continue }
            while let count = try reader.decodeBlock() {
                if contents.isComplete { bytesLeft -= count }
                if try knowsEnough() { return }
            }
        }
        if reader.isCompressed { return }
        guard let end = try reader.endMark() else { throw .malformed("it is cut off: its end is not marked") }
        guard try reader.isEnd(end) else {
            throw .malformed("it is not whole: zeros stand where an entry should begin")
        }
        endsInZeros = try reader.isZero(at: end - 512, count: 512)
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
