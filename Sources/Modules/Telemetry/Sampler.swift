import Kernel

/// Which traces are exported, by the standard samplers.
struct Sampler: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case alwaysOn = "always_on"
        case alwaysOff = "always_off"
        case ratio = "traceidratio"
        case parentBasedAlwaysOn = "parentbased_always_on"
        case parentBasedAlwaysOff = "parentbased_always_off"
        case parentBasedRatio = "parentbased_traceidratio"
    }

    private let heedsParent: Bool
    /// The part of the traces that begin here, or of all of them where the parent is not heeded.
    private let ratio: Double

    init(_ kind: Kind, ratio: Double) {
        heedsParent = [.parentBasedAlwaysOn, .parentBasedAlwaysOff, .parentBasedRatio].contains(kind)
        self.ratio =
            switch kind {
            case .alwaysOn, .parentBasedAlwaysOn: 1
            case .alwaysOff, .parentBasedAlwaysOff: 0
            case .ratio, .parentBasedRatio: ratio
            }
    }

    /// - Parameter parent: whether the caller's span is sampled; nil without one.
    func wants(_ context: SpanContext, parent: Bool? = nil) -> Bool {
        if heedsParent, let parent { return parent }
        // The rightmost 56 bits of an identity are its random ones (W3C Trace Context, level 2).
        return Double(context.traceLow & (1 << 56 - 1)) < ratio * Double(UInt64(1) << 56)
    }
}
