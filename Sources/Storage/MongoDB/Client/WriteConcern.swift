import Kernel

extension BSONDocument {
    /// A command with the demand that a majority of the servers has its writes in their journals before it is answered.
    /// It is no default of the connection, which the server or a URL could say otherwise of.
    /// - Parameter span: how long that is waited for; the library stops to wait for the reply a little later.
    func acknowledged(within span: Duration) -> BSONDocument {
        var concern: BSONDocument = ["w": "majority", "j": true]
        switch firstName {
        case "insert", "update", "delete", "findAndModify":
            concern.append("wtimeout", .int64(span.milliseconds))
        case "create", "createIndexes", "dropIndexes":
            // Building an index takes as long as it takes.
            break
        default:
            return self
        }
        var command = self
        command.append("writeConcern", .document(concern))
        return command
    }
}
