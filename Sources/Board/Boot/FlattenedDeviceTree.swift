/// A device tree in its flattened form, version 17 (Devicetree Specification 0.4, chapter 5).
struct FlattenedDeviceTree {
    /// A node: its name with unit address, properties and children in order.
    struct Node {
        let name: String
        var properties: [(name: String, value: [UInt8])] = []
        var children: [Node] = []

        init(_ name: String) { self.name = name }

        /// A property without a value.
        mutating func set(_ name: String) { properties.append((name, [])) }
        mutating func set(_ name: String, _ text: String) { properties.append((name, Array(text.utf8) + [0])) }
        /// A property of 32-bit cells.
        mutating func set(_ name: String, cells: UInt32...) { properties.append((name, cells.flatMap(FlattenedDeviceTree.bigEndian))) }
        /// `reg` under a parent with two cells for addresses and two for sizes.
        mutating func setRange(_ address: UInt64, _ size: UInt64) {
            set("reg", cells: UInt32(address >> 32), UInt32(truncatingIfNeeded: address), UInt32(size >> 32), UInt32(truncatingIfNeeded: size))
        }
        mutating func setCompatible(_ name: String) { set("compatible", name) }
    }

    private static func bigEndian(_ word: UInt32) -> [UInt8] { withUnsafeBytes(of: word.bigEndian, Array.init) }

    private enum Token {
        static let beginNode: UInt32 = 1
        static let endNode: UInt32 = 2
        static let property: UInt32 = 3
        static let end: UInt32 = 9
    }

    private var structure: [UInt8] = []
    private var strings: [UInt8] = []
    private var offsets: [String: UInt32] = [:]

    /// The tree below `root`, as a blob.
    static func bytes(_ root: Node) -> [UInt8] {
        var tree = FlattenedDeviceTree()
        tree.add(root)
        tree.structure += bigEndian(Token.end)
        let headerSize: UInt32 = 40
        // One empty entry ends the list of reserved memory.
        let reservations = [UInt8](repeating: 0, count: 16)
        let structureOffset = headerSize + UInt32(reservations.count)
        let stringsOffset = structureOffset + UInt32(tree.structure.count)
        let size = stringsOffset + UInt32(tree.strings.count)
        let header: [UInt32] = [
            0xD00D_FEED, size, structureOffset, stringsOffset, headerSize, 17, 16, 0, UInt32(tree.strings.count), UInt32(tree.structure.count),
        ]
        return header.flatMap(bigEndian) + reservations + tree.structure + tree.strings
    }

    private mutating func add(_ node: Node) {
        structure += Self.bigEndian(Token.beginNode)
        addPadded(Array(node.name.utf8) + [0])
        for property in node.properties {
            structure += Self.bigEndian(Token.property) + Self.bigEndian(UInt32(property.value.count)) + Self.bigEndian(offset(of: property.name))
            addPadded(property.value)
        }
        for child in node.children { add(child) }
        structure += Self.bigEndian(Token.endNode)
    }

    private mutating func addPadded(_ bytes: [UInt8]) { structure += bytes + [UInt8](repeating: 0, count: -bytes.count & 3) }

    private mutating func offset(of name: String) -> UInt32 {
        if let known = offsets[name] { return known }
        let new = UInt32(strings.count)
        offsets[name] = new
        strings += Array(name.utf8) + [0]
        return new
    }
}
