internal import CLLVM

/// Returns the text of a string that LLVM allocated for the caller, and frees it; the empty string for none.
func adopt(_ message: UnsafeMutablePointer<CChar>?) -> String {
  guard let message else { return "" }
  defer { LLVMDisposeMessage(message) }
  return String(cString: message)
}

/// Returns the text of `error`, which is freed, or `nil` when there was none.
func adopt(error: LLVMErrorRef?) -> String? {
  guard let error, let message = LLVMGetErrorMessage(error) else { return nil }
  defer { LLVMDisposeErrorMessage(message) }
  return String(cString: message)
}
