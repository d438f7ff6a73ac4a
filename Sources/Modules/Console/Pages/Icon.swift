import Kernel

/// The icons that pages and panels choose from: strokes on sixteen by sixteen points, in the colour of the text.
public enum Icon: String, Sendable, CaseIterable {
    case pulse, list, target, box, tag, pause, gear, note, chart, people, clock, bell

    private var path: String {
        switch self {
        case .pulse: "M1 8h3l2-5 4 10 2-5h3"
        case .list: "M5 4h10M5 8h10M5 12h10M1.5 4h.01M1.5 8h.01M1.5 12h.01"
        case .target: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5"
        case .box: "M8 1.5 14 4.5v7l-6 3-6-3v-7zM2 4.5l6 3 6-3M8 7.5v7"
        case .tag: "M2 2h6l6 6-6 6-6-6zM5 5h.01"
        case .pause: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M6.5 5.5v5M9.5 5.5v5"
        case .gear: "M2 4h7M13 4h1M2 8h1M7 8h7M2 12h7M13 12h1M11 2.5v3M5 6.5v3M11 10.5v3"
        case .note: "M3 1.5h7l3 3v10H3zM5.5 7h5M5.5 10h5"
        case .chart: "M2 14V2M2 14h12M5 11V8M8.5 11V5M12 11V7"
        case .people:
            "M6 2.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M1.5 14c0-3 2-4.5 4.5-4.5s4.5 1.5 4.5 4.5M10.5 2.5a2.5 2.5 0 0 1 0 5M12 10c1.700.6 2.5 2 2.5 4"
        case .clock: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8l2.5 1.5"
        case .bell: "M4 11V7a4 4 0 0 1 8 0v4l1 1.5H3zM6.5 14.5h3"
        }
    }

    func write(to page: inout HTML) {
        page.element(
            "svg",
            ["class": "icon", "viewBox": "0 0 16 16", "width": "16", "height": "16", "aria-hidden": "true"]
        ) { $0.element("path", ["d": path]) { _ in } }
    }
}
