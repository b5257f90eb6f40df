using Raft.Verification.Labs;

namespace Raft.Verification.Cli;

/// <summary>The lab tests by their names on the command line.</summary>
internal static class LabNames
{
    /// <summary>
    /// Whether a test has this name, ignoring case, with or without the prefix <c>Test</c> and the suffix of the part: <c>TestFigure83C</c>
    /// or <c>figure8</c>.
    /// </summary>
    public static bool IsNamed(LabTest test, string name) =>
        Enum.GetValues<LabVersion>().Any(version =>
            ((string[])[test.Name, $"Test{test.Name}", test.FullName(version), $"{test.Name}{test.Number(version)}"])
                .Contains(name, StringComparer.OrdinalIgnoreCase));
}
