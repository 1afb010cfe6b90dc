/// The version of the program, as runs and reports record it.
package let programVersion = "0.1.0"
