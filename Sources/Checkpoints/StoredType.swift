import Foundation
import Tensors

/// The type of a stored tensor's elements, by the name it has in a safetensors header.
package enum StoredType: String, CaseIterable, Sendable {
  case f64 = "F64"
  case f32 = "F32"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case u8 = "U8"
  case bool = "BOOL"

  /// The type that elements of type `element` are stored as.
  package init(_ element: ElementType) {
    switch element {
    case .f32: self = .f32
    case .bf16: self = .bf16
    case .i32: self = .i32
    case .bool: self = .bool
    }
  }

  /// The bytes of one element.
  package var size: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .bf16: 2
    case .u8, .bool: 1
    }
  }

  /// Reads `bytes` as elements of this type, each turned into a `Number`.
  ///
  /// - Numerics: numbers that `Number` can't hold are rounded to the nearest.
  func numbers<Number: BinaryFloatingPoint>(_ bytes: Data) -> [Number] {
    switch self {
    case .f64: elements(of: bytes) { (x: Double) in Number(x) }
    case .f32: elements(of: bytes) { (x: Float) in Number(x) }
    case .bf16: elements(of: bytes) { (x: UInt16) in Number(Float(bitPattern: UInt32(x) << 16)) }
    case .i64: elements(of: bytes) { (x: Int64) in Number(x) }
    case .i32: elements(of: bytes) { (x: Int32) in Number(x) }
    case .u8: elements(of: bytes) { (x: UInt8) in Number(x) }
    case .bool: elements(of: bytes) { (x: UInt8) in x == 0 ? 0 : 1 }
    }
  }

  /// Reads `bytes` as whole numbers, or returns `nil` when this type holds others.
  func integers(_ bytes: Data) -> [Int]? {
    switch self {
    case .i64: elements(of: bytes) { (x: Int64) in Int(x) }
    case .i32: elements(of: bytes) { (x: Int32) in Int(x) }
    case .u8: elements(of: bytes) { (x: UInt8) in Int(x) }
    case .bool: elements(of: bytes) { (x: UInt8) in x == 0 ? 0 : 1 }
    case .f64, .f32, .bf16: nil
    }
  }
}

/// Reads `bytes` as neighbouring little-endian values, aligned or not, each transformed.
///
/// Every machine Swift runs on here is little-endian, as the formats are.
func elements<Stored: BitwiseCopyable, Element>(of bytes: Data, _ transform: (Stored) -> Element) -> [Element] {
  bytes.withUnsafeBytes { raw in
    (0..<raw.count / MemoryLayout<Stored>.stride).map { i in
      transform(raw.loadUnaligned(fromByteOffset: i * MemoryLayout<Stored>.stride, as: Stored.self))
    }
  }
}

/// Returns the bytes of `elements` in memory.
func bytes<Element: BitwiseCopyable>(of elements: [Element]) -> Data { elements.withUnsafeBytes { Data($0) } }

/// Returns the number of elements of `shape`, or `nil` when it has a negative extent or the count overflows.
func elementCount(of shape: [Int]) -> Int? {
  var count = 1
  for extent in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    if extent < 0 || overflow { return nil }
    count = product
  }
  return count
}
