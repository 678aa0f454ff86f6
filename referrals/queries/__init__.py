"""Reading about referrals: where to, who may know, queues, one referral, notices."""
