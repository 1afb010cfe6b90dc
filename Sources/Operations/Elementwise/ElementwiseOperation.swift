import Graph

/// An operation whose result's elements each depend on the operands' elements at the same place alone.
package protocol ElementwiseOperation: Operation {}
