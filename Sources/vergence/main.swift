import Commands
import Foundation

exit(Commands.run(CommandLine.arguments))
