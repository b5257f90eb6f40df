using Microsoft.Coyote.Rewriting;

namespace Raft.Verification.Coyote
{
    /// <summary>Where Coyote runs what is posted, each as an operation of its own.</summary>
    [SkipRewriting("Coyote does not let rewritten code see synchronization contexts, its own included.")]
    internal sealed class CoyoteContext
    {
        private readonly SynchronizationContext _context = SynchronizationContext.Current
            ?? throw new InvalidOperationException("There is no scheduler of Coyote's here: run this with 'coyote test', over assemblies that 'coyote rewrite' has rewritten.");

        /// <summary>Hands something to Coyote that can happen.</summary>
        public void Post(Action happen) => _context.Post(static state => ((Action)state!)(), happen);

        /// <summary>From now on, what the calling thread awaits goes on as Coyote has it.</summary>
        public void Enter() => SynchronizationContext.SetSynchronizationContext(_context);
    }
}

namespace Raft.Verification.Simulation
{
    [SkipRewriting("Coyote does not let rewritten code make synchronization contexts. This one hands all that is posted to Coyote.")]
    internal sealed partial class OperationContext;
}
