namespace Raft.Verification.Cli;

/// <summary>Numbers of things, in words.</summary>
internal static class Counted
{
    /// <summary>As <c>1 schedule</c>, <c>2,000 schedules</c>.</summary>
    public static string Of(long number, string thing) => $"{number:N0} {Things(number, thing)}";

    /// <summary>The thing alone: one, or more.</summary>
    public static string Things(long number, string thing) => number == 1 ? thing : $"{thing}s";
}
