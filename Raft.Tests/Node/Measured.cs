using Xunit.Abstractions;

namespace Raft.Tests.Node;

/// <summary>What depends on how busy the machine is may be measured a few times. What is counted must be right the first time.</summary>
internal static class Measured
{
    private const int Attempts = 5;

    /// <summary>Runs a test off the context of the test runner, which has only a few threads; again, where it was not in time.</summary>
    public static async Task InAttempts(ITestOutputHelper output, Func<Task> test)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Task.Run(test);
                return;
            }
            catch (TimeoutException exception) when (attempt < Attempts)
            {
                output.WriteLine($"Attempt {attempt}: {exception.Message}");
            }
        }
    }

    /// <summary>Fails an attempt that was not in time.</summary>
    public static void InTime(bool holds, string what)
    {
        if (!holds)
        {
            throw new TimeoutException(what);
        }
    }
}
