import CArchive
import Kernel

extension ImportableDatasetsModule {
    public static var libraries: [LinkedLibrary] {
        // 3006002 is 3.6.2.
        let number = archive_version_number()
        return [LinkedLibrary("libarchive", "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)")]
    }
}
