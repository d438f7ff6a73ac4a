import Kernel

extension JSON {
    /// The document after the changes, as the server would make it.
    /// - Throws: `StoreError.corrupt` if a change does not fit the document.
    func applying(_ changes: [Change]) throws(StoreError) -> JSON {
        var document = self
        for change in changes {
            document = try document.applying(change, at: change.path.steps.map { String($0.name) }[...])
        }
        return document
    }

    private func applying(_ change: Change, at names: ArraySlice<String>) throws(StoreError) -> JSON {
        guard case .object(var object) = self else {
            if case .unset = change { return self }
            throw .corrupt("a document has not the shape for the change of \(change.path)")
        }
        guard let name = names.first else { return self }
        let rest = names.dropFirst()
        if rest.isEmpty {
            object[name] = try object[name].applying(change)
        } else if let inner = object[name] {
            object[name] = try inner.applying(change, at: rest)
        } else if case .unset = change {
            return self
        } else {
            object[name] = try JSON.object(JSONObject()).applying(change, at: rest)
        }
        return .object(object)
    }
}

extension JSON? {
    /// The value of the field that a change names.
    fileprivate func applying(_ change: Change) throws(StoreError) -> JSON? {
        switch (change, self) {
        case (.set(_, let value), _): return value
        case (.unset, _): return nil
        case (.append(_, let values), nil): return .array(values)
        case (.append(_, let values), .array(let present)): return .array(present + values)
        case (.append, _), (.grow, _): throw .corrupt("a document has no array at \(change.path)")
        }
    }
}
