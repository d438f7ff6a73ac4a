/// What of a dataset a tar holds.
struct TarContents: Sendable, Equatable {
    /// An entry `NAME.json`.
    var hasMetadata = false
    /// An entry `chunks` or `chunks/…`.
    var hasData = false

    var isComplete: Bool { hasMetadata && hasData }

}

/// How far a tar is read.
///
/// What is to be known stands in the headers; the data between them is stepped over. When both parts of a dataset
/// have been seen, the rest is of interest only for whether the file is whole: a plain tar's headers are walked for a
/// while longer, then its last two blocks decide; a compressed one cannot be stepped through and is decompressed for
/// a while longer, then it is believed.
struct TarLimits: Sendable {
    /// Seconds that one tar may be read.
    var seconds: Double
    /// Further headers of a plain tar once both parts are known.
    var headers = 100
    /// Further bytes of a compressed tar's data once both parts are known.
    var decodedBytes = 16 << 20
}
