using Raft.Verification.Labs;

namespace Raft.Verification.Cli;

/// <summary>The lab tests by their names on the command line.</summary>
internal static class LabNames
{
    /// <summary>
    /// Whether a test goes by this name: with or without <c>Test</c> before it, and the part behind it; <c>TestFigure83C</c> and
    /// <c>figure8</c> alike.
    /// </summary>
    public static bool IsNamed(LabTest test, string name) =>
        Enum.GetValues<LabVersion>().Any(version =>
            ((string[])[test.Name, $"Test{test.Name}", test.FullName(version), $"{test.Name}{test.Number(version)}"])
                .Contains(name, StringComparer.OrdinalIgnoreCase));
}
