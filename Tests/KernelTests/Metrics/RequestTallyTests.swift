import Testing

@testable import Kernel

@Suite("A tally of requests")
struct RequestTallyTests {
    @Test("a route that it was not told of counts as none, and touches no memory but its own")
    func unknownRoute() throws {
        let tally = RequestTally(routes: 0)
        let id = try #require(RequestID(given: "a-request"))
        tally.count(
            AccessRecord(
                method: .get, status: .ok, route: 5, isNotable: false, failure: nil, peer: nil, requestID: id,
                trace: nil, nanoseconds: 1, bytesSent: 0, ending: .complete, head: .none))
        #expect(tally.requests(route: 0, .get, class: 1) == 1)
    }
}
