namespace Raft.Verification.Cli;

/// <summary>Numbers of things, as text.</summary>
internal static class Counted
{
    /// <summary>As <c>1 schedule</c>, <c>2,000 schedules</c>.</summary>
    public static string Of(long number, string thing) => $"{number:N0} {Things(number, thing)}";

    /// <summary>How many steps of servers were compared with the formal model.</summary>
    public static string Compared(long steps) =>
        steps == 0 ? "no step compared with the model" : $"{Of(steps, "server step")} compared with the model";

    /// <summary>The noun alone, in singular or plural.</summary>
    public static string Things(long number, string thing) => number == 1 ? thing : $"{thing}s";
}
