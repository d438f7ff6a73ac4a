import Testing

@testable import Kernel

@Suite("Targets in the log")
struct LoggedTargetTests {
    private static let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"

    @Test(
        "are path and query as they were sent",
        arguments: [
            "/jobs", "/jobs?status=queued&operation=ADD,CHANGE", "/jobs?", "/?&&", "/jobs/%C3%A6?x=%0a", "*", "",
            "/jobs?operation[]=ADD", "/jobs?after=eyJ", "/eyJuser", "/jobs?a=b=c", "/a?b?c=d",
        ])
    func plain(target: String) {
        #expect(LoggedTarget.text(of: target) == target)
    }

    @Test(
        "have no scheme and host in front",
        arguments: [
            ("http://h:80/jobs?a=b", "/jobs?a=b"), ("https://h", "/"), ("http://h?a=b", "?a=b"),
            ("/a?to=http://h/", "/a?to=http://h/"),
        ])
    func absolute(target: String, shown: String) {
        #expect(LoggedTarget.text(of: target) == shown)
    }

    @Test(
        "show no credentials that somebody has put into a query",
        arguments: [
            ("/jobs?token=abc&status=queued", "/jobs?token=***&status=queued"),
            ("/?access_token=a=b", "/?access_token=***"),
            ("/?Authorization=Bearer+x", "/?Authorization=***"), ("/?user-info=x", "/?user-info=***"),
            ("/?x%2Dapi%2Dkey=s3cret", "/?x%2Dapi%2Dkey=***"), ("/?password=", "/?password=***"),
            ("/?%zz=s", "/?%zz=***"),
            ("/?API_KEY=s&sig=t", "/?API_KEY=***&sig=***"),
        ])
    func secrets(target: String, shown: String) {
        #expect(LoggedTarget.text(of: target) == shown)
    }

    @Test("show no token, wherever it stands", arguments: ["/jobs/@", "/jobs?id=@", "/jobs?@", "/@?a=@&b=x", "/?q=x@"])
    func tokens(pattern: String) {
        let shown = LoggedTarget.text(of: pattern.replacing("@", with: Self.token))
        #expect(shown == pattern.replacing("@", with: "***"))
    }
}
