namespace Raft.Verification.Cli;

/// <summary>Numbers of things, as text.</summary>
internal static class Counted
{
    /// <summary>As <c>1 schedule</c>, <c>2,000 schedules</c>.</summary>
    public static string Of(long number, string thing) => $"{number:N0} {Things(number, thing)}";

    /// <summary>The noun alone, in singular or plural.</summary>
    public static string Things(long number, string thing) => number == 1 ? thing : $"{thing}s";
}
