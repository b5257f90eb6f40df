namespace Raft.Tests.Node;

/// <summary>Waits for what must come to pass, with patience for a busy machine.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task Holds(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(start) < Patience, $"In {Patience.TotalSeconds} s it did not come to pass that {what}.");
            await Task.Delay(2);
        }
    }

    public static Task Ends(Task task) => task.WaitAsync(Patience);

    public static Task<T> Ends<T>(Task<T> task) => task.WaitAsync(Patience);

    public static Task<T> Ends<T>(ValueTask<T> task) => Ends(task.AsTask());
}
