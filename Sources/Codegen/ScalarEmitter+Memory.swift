import Loops
import Tensors

extension ScalarEmitter {
  /// The mask of the first `count` of `lanes` lanes.
  static func mask(first count: Int, of lanes: Int) -> String {
    "<\((0..<lanes).map { "i1 \($0 < count)" }.joined(separator: ", "))>"
  }

  mutating func load(_ buffer: Int, _ at: Index, _ type: ElementType, _ f: inout FunctionWriter) -> Value {
    let stored = Self.stored(type)
    guard varies(at), let vectorAxis else {
      let pointer: String
      if let condition {
        pointer = f.address(buffers[buffer], stored, f.pure("select i1 \(condition), i64 \(first(at, &f)), i64 0"))
      } else {
        pointer = address(buffer, at, stored, &f)
      }
      return narrow(f.value("load \(stored), ptr \(pointer)"), type, isVector: false, &f)
    }
    let vectorType = "<\(lanes) x \(stored)>"
    let lanesThere = combined(mask, condition, &f)
    let name: String
    if at.coefficient(of: vectorAxis) == 1 {
      let pointer = address(buffer, at, stored, &f)
      if let lanesThere {
        let intrinsic = "llvm.masked.load.v\(lanes)\(Self.suffix(stored)).p0"
        f.declare("declare \(vectorType) @\(intrinsic)(ptr, i32, <\(lanes) x i1>, \(vectorType))")
        name = f.value(
          "call \(vectorType) @\(intrinsic)(ptr \(pointer), i32 \(type.size), <\(lanes) x i1> \(lanesThere), \(vectorType) zeroinitializer)")
      } else {
        name = f.value("load \(vectorType), ptr \(pointer), align \(type.size)")
      }
    } else {
      let pointers = f.pure("getelementptr \(stored), ptr \(buffers[buffer]), <\(lanes) x i64> \(vector(at, &f))")
      let all = "<\((0..<lanes).map { _ in "i1 true" }.joined(separator: ", "))>"
      let intrinsic = "llvm.masked.gather.v\(lanes)\(Self.suffix(stored)).v\(lanes)p0"
      f.declare("declare \(vectorType) @\(intrinsic)(<\(lanes) x ptr>, i32, <\(lanes) x i1>, \(vectorType))")
      name = f.value(
        "call \(vectorType) @\(intrinsic)(<\(lanes) x ptr> \(pointers), i32 \(type.size), <\(lanes) x i1> \(lanesThere ?? all), \(vectorType) zeroinitializer)"
      )
    }
    return narrow(name, type, isVector: true, &f)
  }

  /// Stores `value` at `at` of `buffer`, in the lanes that exist.
  mutating func store(_ value: Value, _ buffer: Int, _ at: Index, _ f: inout FunctionWriter) {
    let stored = Self.stored(value.type)
    guard varies(at), let vectorAxis else {
      let pointer = address(buffer, at, stored, &f)
      // Along an axis of one value only the first lane exists.
      let one = value.isVector ? Value(name: f.value("extractelement \(text(value)) \(value.name), i64 0"), type: value.type, isVector: false) : value
      f.run("store \(stored) \(widened(one, &f)), ptr \(pointer)")
      return
    }
    let vectorType = "<\(lanes) x \(stored)>"
    let data = widened(splat(value, &f), &f)
    if at.coefficient(of: vectorAxis) == 1 {
      let pointer = address(buffer, at, stored, &f)
      guard let mask else {
        f.run("store \(vectorType) \(data), ptr \(pointer), align \(value.type.size)")
        if asksAhead { f.prefetch(f.address(pointer, "i8", "\(FunctionWriter.lineBytes)"), isWritten: true) }
        return
      }
      let intrinsic = "llvm.masked.store.v\(lanes)\(Self.suffix(stored)).p0"
      f.declare("declare void @\(intrinsic)(\(vectorType), ptr, i32, <\(lanes) x i1>)")
      f.run("call void @\(intrinsic)(\(vectorType) \(data), ptr \(pointer), i32 \(value.type.size), <\(lanes) x i1> \(mask))")
    } else {
      let pointers = f.pure("getelementptr \(stored), ptr \(buffers[buffer]), <\(lanes) x i64> \(vector(at, &f))")
      let all = "<\((0..<lanes).map { _ in "i1 true" }.joined(separator: ", "))>"
      let intrinsic = "llvm.masked.scatter.v\(lanes)\(Self.suffix(stored)).v\(lanes)p0"
      f.declare("declare void @\(intrinsic)(\(vectorType), <\(lanes) x ptr>, i32, <\(lanes) x i1>)")
      f.run("call void @\(intrinsic)(\(vectorType) \(data), <\(lanes) x ptr> \(pointers), i32 \(value.type.size), <\(lanes) x i1> \(mask ?? all))")
    }
  }

  static func suffix(_ stored: String) -> String { stored == "float" ? "f32" : stored }

  func narrow(_ name: String, _ type: ElementType, isVector: Bool, _ f: inout FunctionWriter) -> Value {
    guard type == .bool else { return Value(name: name, type: type, isVector: isVector) }
    let memory = isVector ? "<\(lanes) x i8>" : "i8"
    return Value(name: f.value("icmp ne \(memory) \(name), \(repeated("i8 0", "0", isVector))"), type: .bool, isVector: isVector)
  }

  func widened(_ value: Value, _ f: inout FunctionWriter) -> String {
    guard value.type == .bool else { return value.name }
    return f.value("zext \(text(value)) \(value.name) to \(value.isVector ? "<\(lanes) x i8>" : "i8")")
  }

  /// The lanes of `mask`, none of them where `condition` doesn't hold.
  func combined(_ mask: String?, _ condition: String?, _ f: inout FunctionWriter) -> String? {
    guard let condition else { return mask }
    let everywhere = splat(condition, "i1", &f)
    return mask.map { f.value("and <\(lanes) x i1> \($0), \(everywhere)") } ?? everywhere
  }
}
