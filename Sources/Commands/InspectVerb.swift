import Foundation
import PlanFile
import ShippedModels
import Support
import Tensors
import Training

/// The verb that tells what a plan holds.
let inspectVerb = Verb(
  "inspect", "tell what a plan holds",
  arguments: [ArgumentSpec("PLAN", "a plan file")],
  examples: ["vergence inspect amdim.plan", "vergence inspect amdim.plan --json"]
) { arguments, output in
  let path = arguments.text("PLAN")
  if RunFolder.isRun(path) {
    throw Diagnostic("'\(path)' is a run, which holds no plan", hint: "'vergence eval' and 'vergence embed' take runs")
  }
  if ShippedModels.all[path] != nil, !FileManager.default.fileExists(atPath: path) {
    throw Diagnostic("'\(path)' is a model, not a plan", hint: "'vergence compile \(path) -o \(path).plan' makes one")
  }
  let plan = try Plan(reading: path)
  let summary = PlanSummary(plan)
  output.say(summary.text(of: plan))
  try output.emit(json: summary)
  return .done
}

/// What `inspect --json` prints.
private struct PlanSummary: Encodable {
  let name: String
  let format: String
  let hyperparameters: [String: String]
  let options: [String: String]
  let triple: String
  let tuning: String
  let features: [String]
  let inputs: [String: String]
  let outputs: [String: String]
  let stateTensors: Int
  let stateBytes: Int
  let parameters: Int
  let plannedBytes: Int
  let lowerBoundBytes: Int
  let ratio: Double
  let kernels: Int
  let invocations: Int
  let machineCodeBytes: Int
  let routes: [RouteSummary]

  enum CodingKeys: String, CodingKey {
    case name, format, hyperparameters, options, triple, tuning, features, inputs, outputs, parameters, ratio, kernels, invocations, routes
    case stateTensors = "state_tensors"
    case stateBytes = "state_bytes"
    case plannedBytes = "planned_bytes"
    case lowerBoundBytes = "lower_bound_bytes"
    case machineCodeBytes = "machine_code_bytes"
  }

  init(_ plan: Plan) {
    let manifest = plan.manifest
    name = manifest.name
    format = "\(manifest.major).\(manifest.minor)"
    (hyperparameters, options) = (manifest.hyperparameters, manifest.options)
    (triple, tuning, features) = (manifest.triple, manifest.tuning, manifest.features)
    inputs = Dictionary(uniqueKeysWithValues: manifest.inputs.map { ($0.name, $0.type.description) })
    outputs = Dictionary(uniqueKeysWithValues: manifest.outputs.map { ($0.name, $0.type.description) })
    stateTensors = manifest.state.count
    stateBytes = manifest.state.reduce(0) { $0 + $1.type.byteCount }
    parameters = manifest.state.filter(\.isTrainable).reduce(0) { $0 + $1.type.count }
    (plannedBytes, lowerBoundBytes, ratio) = (manifest.arenaBytes, manifest.lowerBoundBytes, manifest.memoryRatio)
    (kernels, invocations) = (plan.schedule.kernels.count, plan.schedule.steps.count)
    machineCodeBytes = plan.objects.reduce(0) { $0 + $1.count }
    routes = RouteSummary.all(of: plan.schedule)
  }

  /// The invocation in which the most bytes of the arena are live.
  private func largestMoment(of plan: Plan) -> String {
    let live = plan.schedule.liveBytes
    guard let number = live.indices.max(by: { (live[$0], $1) < (live[$1], $0) }) else { return "" }
    return ", in invocation \(number), '\(plan.schedule.steps[number].label)'"
  }

  func text(of plan: Plan) -> String {
    func listed(_ values: [String: String]) -> String { values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
    func signature(_ tensors: [Manifest.Tensor]) -> String { tensors.map { "  \($0.name): \($0.type)" }.joined(separator: "\n") }
    return """
      \(name), format \(format)
      hyperparameters: \(listed(hyperparameters))
      options: \(listed(options))
      machine: \(triple), tuned to \(tuning)
      features: \(features.joined(separator: " "))
      inputs:
      \(signature(plan.manifest.inputs))
      outputs:
      \(signature(plan.manifest.outputs))
      state: \(counted(stateTensors, "tensor")), \(stateBytes) bytes, of which \(parameters) numbers are trained
      memory: \(plannedBytes) bytes planned, at least \(lowerBoundBytes) live at once\(largestMoment(of: plan)): ratio \(ratio.text(4))
      code: \(counted(invocations, "invocation")) of \(counted(kernels, "kernel")), \(machineCodeBytes) bytes
      \(RouteSummary.table(routes))
      """
  }
}
