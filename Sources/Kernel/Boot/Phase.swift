/// The steps of a service's life, in order. The first four do no I/O beyond reading the configuration; each later one
/// has a deadline, and is undone, in exact reverse, by its counterpart on the way down.
public enum Phase: String, Sendable, CaseIterable {
    case configure
    case resolve
    case construct
    case register
    case openStorage = "open storage"
    case startServices = "start services"
    case listen
    case ready
    case drain
    case stopServices = "stop services"
    case closeStorage = "close storage"
}
