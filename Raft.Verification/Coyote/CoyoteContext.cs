using Microsoft.Coyote.Rewriting;

namespace Raft.Verification.Coyote;

/// <summary>Coyote's synchronization context, which runs each continuation as an operation of its own.</summary>
[SkipRewriting("Coyote does not let rewritten code see synchronization contexts, its own included.")]
internal sealed class CoyoteContext
{
    private readonly SynchronizationContext _context = SynchronizationContext.Current
        ?? throw new InvalidOperationException(
            "Coyote's scheduler is not running: use 'coyote test', over assemblies that 'coyote rewrite' has rewritten.");

    /// <summary>Posts an action to Coyote.</summary>
    public void Post(Action action) => _context.Post(static state => ((Action)state!)(), action);

    /// <summary>
    /// Runs code in which Coyote makes a decision. Coyote may end the schedule there with an exception, which callers that post or send do
    /// not expect, and which rewritten code cannot catch.
    /// </summary>
    /// <returns>False if Coyote has ended the schedule.</returns>
    public static bool Decide(Action code)
    {
        try
        {
            code();
            return true;
        }
        catch (Exception exception) when (exception.GetBaseException() is ThreadInterruptedException)
        {
            return false;
        }
    }

    /// <summary>Makes the context current: from now on, Coyote runs the continuations of the calling thread.</summary>
    public void Enter() => SynchronizationContext.SetSynchronizationContext(_context);
}
