extension Capability<any AccessControl> {
    public static var accessControl: Self { Self("access control") }
}
