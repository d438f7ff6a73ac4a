import CCurl
import COpenSSL
import Kernel

extension AuthenticationModule {
    public static var libraries: [LinkedLibrary] {
        [
            LinkedLibrary("OpenSSL", String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))),
            LinkedLibrary("libcurl", String(cString: ccurl_version())),
        ]
    }
}
