/// Requests of every shape that the server knows: the material of property and mutation tests.
enum RequestCorpus {
    static let valid = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /jobs?status=queued&operation=ADD%2CCHANGE&a=+b HTTP/1.1\r\nHost: localhost:8000\r\nAccept: */*\r\n\r\n",
        "HEAD /jobs/a%2Fb HTTP/1.1\r\nHost: [::1]:80\r\nX-Request-ID: abc.1\r\n\r\n",
        "GET http://example.org:80/x?y=1 HTTP/1.1\r\nHost: other\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "DELETE /%E2%82%AC HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "POST /jobs HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n{\"jobs\":[]}",
        "PUT /jobs/1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
        "POST /jobs HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=\"y\"\r\n world\r\n0\r\nT: v\r\n\r\n",
        "\r\nGET /after-an-empty-line HTTP/1.1\r\nHost:\t a \t\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ]

    static let refused = [
        "GET / HTTP/1.1\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
    ]

    static let all = valid + refused
}
