using Microsoft.Coyote.Rewriting;

namespace Raft.Verification.Coyote;

/// <summary>Where Coyote runs what is awaited, each as an operation of its own.</summary>
[SkipRewriting("Coyote does not let rewritten code see synchronization contexts, its own included.")]
internal sealed class CoyoteContext
{
    private readonly SynchronizationContext _context = SynchronizationContext.Current
        ?? throw new InvalidOperationException("There is no scheduler of Coyote's here: run this with 'coyote test', over assemblies that 'coyote rewrite' has rewritten.");

    /// <summary>Hands something to Coyote that can happen.</summary>
    public void Post(Action happen) => _context.Post(static state => ((Action)state!)(), happen);

    /// <summary>
    /// Runs code in which Coyote makes a decision. It may end the schedule there by an exception, which those who post and those who send do not expect; and
    /// in rewritten code it lets nobody catch that.
    /// </summary>
    /// <returns>False: it has ended the schedule.</returns>
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

    /// <summary>From now on, what the calling thread awaits goes on as Coyote has it.</summary>
    public void Enter() => SynchronizationContext.SetSynchronizationContext(_context);
}
