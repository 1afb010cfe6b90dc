import LLVM
import Support
import Testing

@Suite struct MachineCodeTests {
  /// Adds eight products to `z`: a vector loop's body, written out.
  static let multiplyAdd = """
    define void @multiply_add(ptr %x, ptr %y, ptr %z) {
      %a = load <8 x float>, ptr %x, align 4
      %b = load <8 x float>, ptr %y, align 4
      %c = load <8 x float>, ptr %z, align 4
      %r = call <8 x float> @llvm.fma.v8f32(<8 x float> %a, <8 x float> %b, <8 x float> %c)
      store <8 x float> %r, ptr %z, align 4
      ret void
    }
    declare <8 x float> @llvm.fma.v8f32(<8 x float>, <8 x float>, <8 x float>)
    """

  typealias MultiplyAdd = @convention(c) (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void

  /// Compiles `multiplyAdd` for `target`, runs it, and returns whether each of the eight results is right.
  static func multiplyAddWorks(for target: TargetMachine) throws -> Bool {
    let object = try LoadedObject(compile(multiplyAdd, for: target))
    let function = unsafeBitCast(try object.address(of: "multiply_add"), to: MultiplyAdd.self)
    let x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    let y: [Float] = [0.5, -1, 2, 0.25, 3, -0.125, 1, 8]
    var z: [Float] = [10, 20, 30, 40, 50, 60, 70, 80]
    let expected = zip(z, zip(x, y)).map { $0.addingProduct($1.0, $1.1) }
    function(x, y, &z)
    return withExtendedLifetime(object) { z == expected }
  }

  @Test func compiledCodeComputes() throws {
    #expect(try Self.multiplyAddWorks(for: .host()))
  }

  /// Without the instruction LLVM calls the C library's `fmaf`, which loading has to find.
  @Test func oldestTargetCallsTheCLibrary() throws {
    let oldest = TargetMachine(triple: TargetMachine.host().triple, features: [])
    #expect(try assembly(of: Self.multiplyAdd, for: oldest).contains("fmaf"))
    #expect(try Self.multiplyAddWorks(for: oldest))
  }

  @Test func featuresChooseTheInstructions() throws {
    let narrow = try TargetMachine(parsing: "avx2,fma")
    let wide = try TargetMachine(parsing: "avx512f")
    let text = Self.multiplyAdd.replacing("<8 x float>", with: "<16 x float>").replacing("v8f32", with: "v16f32")
    #expect(try !assembly(of: text, for: narrow).contains("zmm"))
    #expect(try assembly(of: text, for: narrow).contains("vfmadd"))
    #expect(try assembly(of: text, for: wide).contains("zmm"))
  }

  @Test func loopsKeepTheirShape() throws {
    let text = """
      define void @scale(ptr noalias %x, i64 %n) {
      entry:
        br label %loop
      loop:
        %i = phi i64 [ 0, %entry ], [ %next, %loop ]
        %p = getelementptr float, ptr %x, i64 %i
        %v = load float, ptr %p, align 4
        %w = fmul float %v, 2.0
        store float %w, ptr %p, align 4
        %next = add nuw i64 %i, 1
        %more = icmp ult i64 %next, %n
        br i1 %more, label %loop, label %exit
      exit:
        ret void
      }
      """
    let result = try optimized(text, for: .host())
    #expect(!result.contains(" x float>"))
    #expect(result.split(separator: "fmul").count == 2)
  }

  @Test func compilingTwiceGivesTheSameBytes() throws {
    #expect(try compile(Self.multiplyAdd, for: .host()) == compile(Self.multiplyAdd, for: .host()))
  }

  @Test func threadsCompileAtOnce() async throws {
    let target = TargetMachine.host()
    let first = try compile(Self.multiplyAdd, for: target)
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<8 { group.addTask { try compile(Self.multiplyAdd, for: target) } }
      for try await object in group { #expect(object == first) }
    }
  }

  @Test func parseErrorsCarryTheirPlace() throws {
    let text = "define void @f() {\n  %a = fadd float 1.0, %missing\n  ret void\n}\n"
    let error = try #require(throws: Diagnostic.self) { try compile(text, for: .host(), file: "step.ll") }
    #expect(error.position == SourcePosition(file: "step.ll", line: 2, column: 24))
    #expect(error.message.contains("undefined value '%missing'"))
    #expect(error.excerpt == "  %a = fadd float 1.0, %missing")
  }

  @Test(arguments: ["", "not IR", "define", "define void @f() { ret i32 0 }", "\u{0}\u{0}", "declare void @f()\n}"])
  func everyTextIsAnsweredOrCompiled(_ text: String) {
    do { _ = try compile(text, for: .host()) } catch { #expect(!error.message.isEmpty) }
  }

  @Test func brokenRulesAreReported() {
    let text = "define i32 @f(i1 %c) {\n  br i1 %c, label %a, label %b\na:\n  %x = add i32 1, 2\n  br label %b\nb:\n  ret i32 %x\n}\n"
    #expect(throws: Diagnostic.self) { try compile(text, for: .host()) }
  }

  @Test func unknownArchitecturesAreRefused() {
    #expect(throws: Diagnostic.self) { try compile(Self.multiplyAdd, for: TargetMachine(triple: "pdp11-dec-unix", features: [])) }
  }
}
